# Owned by the template: copier update improves it. Yours are the files that README.md lists.
"""`doctor`: what is wrong with the set-up, and how to mend it."""
