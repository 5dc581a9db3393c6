"""A question of dose: serum B12 and MMA of a vegetarian after a year on different tablets."""

import corrin

TABLET = """
name: Vegetarian with {dose} ug a day
person: {{sex: female, weight: 60 kg, diet: vegetarian}}
timeline:
  - {{at: 0 y, treat: cyanocobalamin {dose} ug oral daily}}
until: 1 y
"""


def main() -> None:
    """Print the steady levels."""
    print("dose [ug/d]   serum B12 [pmol/L]   MMA [umol/L]")
    for dose in (2, 10, 50, 250, 1000):
        result = corrin.simulate(corrin.Scenario.from_text(TABLET.format(dose=dose), "example"))
        end = result.scenario.until
        b12, mma = (result.at(end, name) for name in ("serum_b12", "methylmalonic_acid"))
        print(f"{dose:>11}   {b12:18.0f}   {mma:12.3f}")


if __name__ == "__main__":
    main()
