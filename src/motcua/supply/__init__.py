"""Where electricity is delivered and measured: places, service points, meters, contracts, readings, balances.

A place needs no house number: a hamlet, a pole, a neighbour's account code or a pin finds it, and the unit
that serves it. A contract knows its customer by id alone. Public face: `operations` (create_place,
connect_supply, change_capacity ...), `queries` (find_unit_for_place, get_contract ...), `access`.
"""
