"""What the services need of the world. Adapters fulfil it, tests and the laptop may too."""
