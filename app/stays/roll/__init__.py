"""The emergency roll: who is in the house now; for officials only released by two people."""
