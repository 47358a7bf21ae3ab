"""What every face shares: reading a request strictly, FHIR's common shapes, the one clock."""
