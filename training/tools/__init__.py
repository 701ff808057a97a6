"""Training data for the tuned brain: spoken requests and the plan of tool calls that answers each."""
