"""The way out for e-mail: answers of agents, over SMTP."""
