"""The door for web forms: JSON or form fields, from pages of the organisation's own sites."""
