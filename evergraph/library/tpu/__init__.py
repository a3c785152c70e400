"""The interface of TPUs. There are none here: programs that may do without run as they do then."""
