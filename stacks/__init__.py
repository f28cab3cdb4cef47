"""What the product creates in an AWS account: one file a stack, cut by lifecycle."""
