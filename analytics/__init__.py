"""What happens in the shop, as events its owner can count. Stands on shopkit alone; services import it."""
