"""Demand: what sold by week, what will sell, what will run out, and which promoted products fit which shopper."""
