"""Pages of those who keep the money: readings and bills, invoices, what banks told, the books."""
