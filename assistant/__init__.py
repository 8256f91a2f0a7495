"""What is the answer? Understand → retrieve → write → check. The story of a question is `answering.py`."""
