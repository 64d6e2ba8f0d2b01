"""Privacy owns the terms on which customers give their data: purposes and consent, requests of the person
(access, correction, erasure, restriction), suppression, retention, and the log of disclosures."""
