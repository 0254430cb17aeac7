"""How the tables came to be, step by step. A release only goes forward; to go back, restore a copy of the database."""
