"""Populations: a described group, people drawn from it, and all of them simulated."""

from corrin.study.population.cohort import save_group, simulate_group
from corrin.study.population.group import Group, groups
from corrin.study.population.people import Member, sample, spreads

__all__ = ["Group", "Member", "groups", "sample", "save_group", "simulate_group", "spreads"]
