"""The same done to many items at once: what can be done (`deeds`), and how the items are chosen and dealt."""
