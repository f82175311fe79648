"""What an organisation's own site shows of us: a form, and a chat window. Nobody here is signed in."""
