"""Rules of contact, the gate, the contact log, complaints, quality, disclosure. Empty until the gate is built."""
