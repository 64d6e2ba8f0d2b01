"""Models of how long customers stay, how often they buy meanwhile, and what a purchase is worth.

Where nobody says when they leave: BG/NBD, MBG/NBD, Pareto/NBD, and BG/BB where purchases happen at fixed occasions.
Where a contract ends: the shifted beta geometric. What a purchase is worth: Gamma-Gamma.

A history of a customer is (x, t_x, T) as the papers have it: purchases after the first one, and the times from the
first one to the last one and to now, in any unit. All models are fitted by maximum likelihood; every ``Fit`` says
whether it converged and how sure its parameters are.
"""
