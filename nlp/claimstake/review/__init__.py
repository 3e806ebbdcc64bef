"""What analysts say of claims: verdicts, corrections, who and when; and training data made of them."""
