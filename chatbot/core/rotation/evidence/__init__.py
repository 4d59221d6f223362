"""What a rule of rotation would have done on the days there are, against doing nothing."""
