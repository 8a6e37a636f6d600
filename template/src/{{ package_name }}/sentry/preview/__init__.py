"""`preview`: what would leave the process, and what the policy holds back."""
