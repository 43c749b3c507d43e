"""What privacy asks for, beside the calls: the purge, erasure, what is kept of a customer, exports."""
