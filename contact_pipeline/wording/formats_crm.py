"""Exports of CRMs.

Where no source is named: the header rows of real exports that came with the project's issue.
"""

from contact_pipeline.wording.export_format import Format, all_to

CRM: tuple[Format, ...] = (
    Format(
        "pipedrive_people",
        (("Person - Name",), ("Person - ID",), ("Person - Email",)),
        """Person - Label | Person - Double opt-in | Person - Person created""",
    ),
    Format(
        "salesforce_report",
        (("Account Name", "Email Opt Out"), ("Account Name", "Do Not Call"), ("Last Name", "Email Opt Out",
        "Do Not Call")),
        overrides={"Id": "record_id"},
    ),
    Format(
        "salesforce_api",
        (("HasOptedOutOfEmail",), ("DoNotCall", "LastName", "Email")),
        overrides={"Id": "record_id"},
    ),
    Format(
        "hubspot_contacts_a",
        (("Record ID", "Lifecycle Stage"), ("Record ID", "Contact owner"), ("Record ID", "Create Date"),
        ("Record ID", "Last Modified Date")),
        """Contact Type | Lifecycle Stage | Stage of Journey | Next appointment date | Associated Deal | Associated
        Company | Associated Deal IDs""",
    ),
    # Display names of the table `contact`: learn.microsoft.com/power-apps (Dataverse reference). An exported view puts
    # three columns before its own. The values are Allow and Do Not Allow.
    Format(
        "dynamics_365",
        (("(Do Not Modify) Contact", "(Do Not Modify) Row Checksum"),
        ("(Do Not Modify) Lead", "(Do Not Modify) Row Checksum")),
        """(Do Not Modify) Row Checksum | (Do Not Modify) Modified On | Subject | Rating | Source Campaign | Account
        Manager | Parent Customer""",
        overrides={
            "(Do Not Modify) Contact": "record_id", "(Do Not Modify) Lead": "record_id",
            "Do not allow Emails": "flag:email:opt_out", "Do not allow Bulk Emails": "flag:email:opt_out",
            "Do not allow Phone Calls": "flag:phone:do_not_call",
            # Of letters and faxes.
            **all_to("extra", "Do not allow Mails | Do not allow Bulk Mails | Do not allow Faxes | Subject | "
                     "Parent Customer"),
        },
    ),
    # espocrm/espocrm#1331.
    Format(
        "espocrm",
        (("Email Address is Opted-Out",), ("Phone Number is Opted-Out",)),
        """Email Address is Invalid | Phone Number is Invalid | Account Is Inactive""",
        overrides={
            "Email Address is Opted-Out": "flag:email:opt_out", "Phone Number is Opted-Out": "flag:phone:opt_out",
            "Do Not Call": "flag:phone:do_not_call",
        },
    ),
    # civicrm/civicrm-core, xml/schema/Contact: titles of the fields. Do Not Mail is about letters.
    Format(
        "civicrm",
        (("Contact ID", "Do Not Email"), ("Contact ID", "No Bulk Emails (User Opt Out)"),
        ("Do Not Email", "Do Not Trade")),
        """Contact Type | Contact Subtype | Sort Name | Legal Name | Image Url | Preferred Communication Method |
        Preferred Language | Preferred Mail Format | Individual Prefix | Individual Suffix | Is Deleted |
        Location Type | Contact Source""",
        overrides={
            "Do Not Email": "flag:email:opt_out", "Do Not Phone": "flag:phone:do_not_call",
            "Do Not Sms": "flag:sms:opt_out",
            "No Bulk Emails (User Opt Out)": "flag:email:opt_out", "On Hold": "flag:email:suppression_list",
            "Current Employer": "company", "Display Name": "name",
            **all_to("extra", "Do Not Mail | Do Not Trade | Sort Name | Legal Name | Is Deleted"),
        },
    ),
    # twentyhq/twenty#12901: composite fields are written as `Field / Part`.
    Format(
        "twenty",
        (("Name / First Name", "Name / Last Name"), ("Emails / Primary Email",)),
        """Emails / Additional Emails | Phones / Additional Phones | Linkedin / Link Label |
        Linkedin / Secondary Links | X / Link Label | X / Link URL | X / Secondary Links | Created by / Source |
        Created by / Name | Avatar | Company Id | Creation date | Deleted at | Position""",
        overrides={
            "Id": "record_id", "Name / First Name": "given_name", "Name / Last Name": "family_name",
            "Emails / Primary Email": "email", "Emails / Additional Emails": "email",
            "Phones / Primary Phone Number": "phone", "Phones / Primary Phone Calling Code": "calling_code",
            "Phones / Primary Phone Country Code": "extra", "Linkedin / Link URL": "linkedin_url",
            **all_to("extra", "Phones / Additional Phones | Created by / Name | Position | X / Link URL"),
        },
    ),
    # Columns as a public converter of its export lists them; the product ended in 2018, its files are still about.
    Format(
        "highrise",
        (("Highrise ID",), ("Company or Person", "Email address - Work")),
        """Company or Person | Background | Address - Work Street | Address - Work Zip | Address - Other Street |
        Address - Other City | Address - Other Zip | Address - Other Country | Company Address - Work Street |
        Company Address - Work City | Company Address - Work State | Company Address - Work Zip |
        Company Address - Work Country | Company Address - Other Street | Company Address - Other City |
        Company Address - Other Zip | Company Address - Other Country | Phone number - Fax | Web address - Work |
        Twitter account - Personal | Company Phone number - Work | Company Phone number - Other |
        Company Email address - Work | Company Web address - Work | Company Twitter account - Personal |
        Added by | Referred By""",
        overrides={
            "Highrise ID": "record_id", "Address - Work City": "city", "Address - Work State": "region",
            "Address - Work Country": "country",
            **all_to("email", "Email address - Work | Email address - Home | Email address - Other"),
            **all_to("phone", "Phone number - Work | Phone number - Mobile | Phone number - Home | "
                     "Phone number - Other"),
        },
    ),
)  # fmt: skip
