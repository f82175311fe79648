"""The door for the chat window on an organisation's own site: visitors without an account, known by a secret."""
