"""Questions to a database of claims: filters, pages of rows, documents, things and their claims."""
