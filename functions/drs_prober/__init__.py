"""The prober of an account: one file that needs nothing but Python, deployed inside a template."""
