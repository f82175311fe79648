"""Inside the application: the bell, its page, and the API beside them."""
