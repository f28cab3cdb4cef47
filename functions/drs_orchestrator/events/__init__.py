"""What EventBridge tells the product: thin, one module a function."""
