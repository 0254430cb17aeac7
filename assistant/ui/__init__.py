"""The pages people look at. Each turns the events of a turn into HTML and clicks into messages."""
