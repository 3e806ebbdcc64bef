"""An HTTP API and web pages in one process: what `claimstake serve` starts."""
