"""Where other tools take hold of the kit: nbgrader's commands, Jupyter's kernels, papermill."""
