"""Batch runs over archives: work items, worker processes, quarantine, resume."""
