"""From mentions to claims: triggers, roles, qualifiers, output."""
