"""Where other tools take hold of the kit: nbgrader's autograding and its exporters."""
