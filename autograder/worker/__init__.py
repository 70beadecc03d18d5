"""The untrusted side: runs behind the wall, holds the submission, answers calls. Imports nothing from `grading`."""

# In a wall for kernels: the sockets of all of them, those of one where it sees them, matplotlib's list of fonts.
KERNELS, OWN_KERNEL, FONTS = "/kernels", "/kernel", "/fonts"
