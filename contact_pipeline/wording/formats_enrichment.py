"""Exports of services that find people.

Where no source is named: the header rows of real exports that came with the project's issue.
"""

from contact_pipeline.wording.export_format import Format, all_to

ENRICHMENT: tuple[Format, ...] = (
    Format(
        "apollo_full",
        (("Apollo Contact Id",), ("Person Linkedin Url", "Company Name for Emails")),
        """Company Name for Emails | Primary Email Source | Primary Email Catch-all Status |
        Primary Email Last Verified At | Departments | Last Contacted | Account Owner | # Employees |
        Facebook Url | Twitter Url | Company Address | Company City | Company State | Company Country |
        Technologies | Annual Revenue | Total Funding | Latest Funding | Latest Funding Amount | Last Raised At |
        Subsidiary of | Email Sent | Email Open | Replied | Demoed | Number of Retail Locations |
        Apollo Account Id | Secondary Email Source | Tertiary Email Source""",
    ),
    Format(
        "zoominfo_contacts",
        (("ZoomInfo Contact ID",),),
        """Job Title Hierarchy Level | Management Level | Job Start Date | Job Function | Company Division Name |
        Email Domain | Last Job Change Type | Last Job Change Date | Previous Company ZoomInfo Company ID |
        Previous Company LinkedIn Profile | Highest Level of Education | Contact Accuracy Grade |
        ZoomInfo Contact Profile URL | Notice Provided Date | Person Street | Person Zip Code |
        ZoomInfo Company ID | Company Description | Founded Year | Ticker | Revenue (in 000s USD) |
        Revenue Range (in USD) | Est. Marketing Department Budget (in 000s USD) |
        Est. Finance Department Budget (in 000s USD) | Est. IT Department Budget (in 000s USD) |
        Est. HR Department Budget (in 000s USD) | Employees | Employee Range | Past 1 Year Employee Growth Rate |
        Past 2 Year Employee Growth Rate | SIC Code 1 | SIC Code 2 | SIC Codes | NAICS Code 1 | NAICS Code 2 |
        NAICS Codes | Primary Industry | Primary Sub-Industry | All Industries | All Sub-Industries |
        Industry Hierarchical Category | Secondary Industry Hierarchical Category | Alexa Rank |
        ZoomInfo Company Profile URL | Facebook Company Profile URL | Twitter Company Profile URL |
        Ownership Type | Business Model | Certified Active Company | Certification Date |
        Total Funding Amount (in 000s USD) | Recent Funding Amount (in 000s USD) | Recent Funding Round |
        Recent Funding Date | Recent Investors | All Investors | Company Street Address | Company City |
        Company State | Company Zip Code | Company Country | Full Address | Number of Locations""",
    ),
    # Header row in public tests of importers of PhantomBuster's Sales Navigator export. Only
    # defaultProfileUrl is the page that others link to: profileUrl leads into the paid product, linkedInProfileUrl
    # holds an internal number.
    Format(
        "phantombuster_sales_navigator",
        (("vmid", "linkedInProfileUrl"), ("defaultProfileUrl", "fullName")),
        """companyId | companyUrl | regularCompanyUrl | summary | titleDescription | companyLocation |
        durationInRole | durationInCompany | pastExperienceCompanyName | pastExperienceCompanyUrl |
        pastExperienceCompanyTitle | pastExperienceDate | pastExperienceDuration | connectionDegree |
        profileImageUrl | sharedConnectionsCount | vmid | isPremium | isOpenLink | query | timestamp""",
        overrides={
            "defaultProfileUrl": "linkedin_url", "fullName": "name",
            **all_to("extra", "profileUrl | linkedInProfileUrl | name | companyLocation"),
        },
    ),
    Format(
        "phantombuster_clay_person",
        (("Work Email", "Work Email Status"), ("Url", "Headline", "Job Title")),
    ),
)  # fmt: skip
