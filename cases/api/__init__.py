"""The book as other programs read it: cases, masked, as far as the token's organisation reaches; holds and promises."""
