"""What the numbered notebooks show: the product's own results as sentences, tables and pictures.

A notebook holds its story and one call a cell; what these calls need is here, typed and tested like everything else.
"""
