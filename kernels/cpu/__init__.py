"""Quantised matmul and whole transformer layers on the processor, compiled on the machine they run on."""
