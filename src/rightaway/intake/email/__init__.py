"""The door for e-mail: mails are stored as they come, then read in a process of its own, then taken in."""
