"""How models/ is rebuilt and measured."""
