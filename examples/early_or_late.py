"""Does it matter when treatment begins? One person, four dates, what is left two years later."""

import corrin

GASTRITIS = """
name: Autoimmune gastritis, treated in year {year}
person: {{age: 58, sex: female, height: 165 cm}}
timeline:
  - {{at: 0 y, cause: autoimmune gastritis}}
  - {{at: {year} y, treat: hydroxocobalamin 1 mg im every 2 days for 2 weeks then every 2 months}}
until: {end} y
"""


def main() -> None:
    """Print disability and lost axons two years after treatment began."""
    print("treated in year   disability   lasting loss of dorsal columns")
    for year in (2, 3, 4, 5):
        text = GASTRITIS.format(year=year, end=year + 2)
        scenario = corrin.Scenario.from_text(text, "example")
        result = corrin.simulate(scenario, outputs=["disability_score", "axons_dorsal_columns"])
        score = result.at((year + 2) * 365.25, "disability_score")
        axons = result.at((year + 2) * 365.25, "axons_dorsal_columns")
        print(f"{year:>15}   {score:10.1f}   {1 - axons:30.0%}")


if __name__ == "__main__":
    main()
