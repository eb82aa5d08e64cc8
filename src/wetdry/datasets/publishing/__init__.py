"""What publishers offer, and how it is fetched and unpacked."""
