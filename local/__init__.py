"""Everything that needs no AWS account: simulator, engine and server. Never deployed."""
