"""Use cases: what the product does, in the words of the domain, through ports."""
