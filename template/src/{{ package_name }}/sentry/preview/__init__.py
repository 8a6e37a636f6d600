# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""`preview`: what would leave the process, and what the policy holds back."""
