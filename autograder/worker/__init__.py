"""The untrusted side: runs behind the wall, holds the submission, answers calls. Imports nothing from `grading`."""
