"""Wire types shared by a service and its clients. Changes here are additive only."""
