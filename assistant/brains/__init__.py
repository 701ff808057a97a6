"""What reads requests and talks: brains behind two small protocols. Importing this package loads none of them."""
